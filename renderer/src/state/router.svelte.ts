import { parsePlace, type Place } from '../lib/place.ts';

/** Where the user is, as state. */
class Router {
  place = $state.raw<Place>({ parts: [], query: new URLSearchParams() });

  start(): void {
    const read = () => (this.place = parsePlace(location.hash));
    addEventListener('hashchange', read);
    read();
  }

  go(to: string): void {
    location.hash = to;
  }

  /** Changes the address without a new entry for Back: for filters and the like. */
  replace(to: string): void {
    history.replaceState(null, '', to);
    this.place = parsePlace(to);
  }
}

export const router = new Router();
