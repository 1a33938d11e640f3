import type {
  ApiArguments,
  ApiEvents,
  ApiName,
  ApiResult,
  AppInfo,
  EngineStatus,
  ExperimentState,
  RunProgress,
  Shell,
  Task,
  UserSettings,
} from '../../../shared/contract/api.ts';
import { counted } from '../lib/format.ts';
import { endOfRun, isSweepTag, TASK_TITLE } from '../lib/words.ts';
import { askForNotifications, tellOutside, type NotificationConsent } from '../lib/notification.ts';
import type { ErrorValue } from '../../../shared/contract/errors.ts';
import { toErrorValue } from '../lib/errors.ts';
import { placeOf } from '../lib/place.ts';
import { router } from './router.svelte.ts';
import { taskResult } from '../lib/task.ts';
import { endNotice, sweepNotice } from '../../../shared/words/end-notice.ts';
import type { ConnectionState, Transport } from '../transport/transport.ts';

export interface Notice {
  id: number;
  kind: 'good' | 'bad';
  text: string;
  href: string | null;
}

const NOTICE_MS = 8000;

/** What every screen shares: the connection, who we are, the engine, long tasks, running experiments, notices. */
class AppState {
  connection = $state.raw<ConnectionState>('connecting');
  info = $state.raw<AppInfo | null>(null);
  settings = $state.raw<UserSettings | null>(null);
  engine = $state.raw<EngineStatus | null>(null);
  tasks = $state.raw<Task[]>([]);
  /** The latest progress of experiments that are running, by experiment. */
  running = $state.raw<ReadonlyMap<string, RunProgress>>(new Map());
  notices = $state.raw<Notice[]>([]);
  #transport!: Transport;
  #lastNotice = 0;

  start(transport: Transport): void {
    this.#transport = transport;
    this.connection = transport.state;
    transport.onState((state) => {
      this.connection = state;
      if (state === 'open') void this.refresh();
    });
    transport.on('task', (task) => this.#taskChanged(task));
    transport.on('progress', (progress) => {
      this.running = new Map(this.running).set(progress.experimentId, progress);
    });
    transport.on('experiment', ({ id, state }) => {
      const ran = this.running.has(id);
      if (state !== 'running') this.#forgetRunning(id);
      if (ran) void this.#tellOfEnd(id, state);
    });
    transport.on('sweep', ({ id, activity, error }) => {
      if (activity === null) void this.#tellOfSweep(id, error);
    });
    transport.on('changed', () => void this.refreshInfo());
    transport.on('open-experiment', ({ id }) => router.go(placeOf(['experiments', id])));
    transport.on('open-sweep', ({ id }) => router.go(placeOf(['sweeps', id])));
    transport.on('open-file', ({ file }) => router.go(placeOf(['open'], { file })));
    if (transport.state === 'open') void this.refresh();
  }

  get shell(): Shell {
    return this.#transport.shell;
  }

  call<N extends ApiName>(name: N, ...args: ApiArguments<N>): Promise<ApiResult<N>> {
    // State proxies can be neither cloned nor sent.
    return this.#transport.call(name, ...($state.snapshot(args) as ApiArguments<N>));
  }

  on<E extends keyof ApiEvents>(event: E, listener: (value: ApiEvents[E]) => void): () => void {
    return this.#transport.on(event, listener);
  }

  retry(): void {
    this.#transport.retry();
  }

  /** Everything that may have changed while we were not connected. */
  async refresh(): Promise<void> {
    const [info, settings, tasks] = await Promise.allSettled([
      this.call('app.info'),
      this.call('app.settings'),
      this.call('tasks.list'),
    ]);
    if (info.status === 'fulfilled') this.#know(info.value);
    if (settings.status === 'fulfilled') this.useSettings(settings.value);
    if (tasks.status === 'fulfilled') this.tasks = tasks.value;
    const engine = await Promise.allSettled([this.refreshEngine()]);
    for (const one of [info, settings, tasks, ...engine]) {
      // While there is no connection, the banner says so.
      if (one.status === 'rejected' && this.connection === 'open')
        this.notify('bad', toErrorValue(one.reason).message);
    }
  }

  async refreshInfo(): Promise<void> {
    this.info = await this.call('app.info').catch(() => this.info);
  }

  async refreshEngine(): Promise<void> {
    this.engine = await this.call('engine.status');
  }

  useSettings(settings: UserSettings): void {
    this.settings = settings;
    const { dataset } = document.documentElement;
    if (settings.theme === 'system') delete dataset['theme'];
    else dataset['theme'] = settings.theme;
  }

  notify(kind: Notice['kind'], text: string, href: string | null = null): void {
    const notice = { id: ++this.#lastNotice, kind, text, href };
    this.notices = [...this.notices.slice(-3), notice];
    // Bad news stays until it is dismissed.
    if (kind === 'good') setTimeout(() => this.dismiss(notice.id), NOTICE_MS);
  }

  /** In a browser: lets it ask for the notifications that the settings want. */
  async askToNotify(): Promise<NotificationConsent> {
    return this.info?.host === 'browser' && this.settings?.notify ? askForNotifications() : 'granted';
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  taskStarted(task: Task): void {
    this.#taskChanged(task);
  }

  /** What the host has to say about its start is said once. */
  #know(info: AppInfo): void {
    const said = new Set(this.info?.notices ?? []);
    this.info = info;
    for (const text of info.notices ?? []) if (!said.has(text)) this.notify('bad', text);
  }

  #taskChanged(task: Task): void {
    const before = this.tasks.find(({ id }) => id === task.id);
    // The answer to the call that started a task may arrive after the task's own events.
    if (before && before.state !== 'running' && task.state === 'running') return;
    this.tasks = before ? this.tasks.map((one) => (one.id === task.id ? task : one)) : [task, ...this.tasks];
    if (before?.state === task.state || task.state === 'running') return;
    if (task.state === 'failed') this.notify('bad', `${task.title}: ${task.error?.message ?? 'failed'}`);
    if (task.state === 'cancelled')
      this.notify('good', `${TASK_TITLE[task.kind]} cancelled. Nothing was kept.`);
    if (task.state === 'done') {
      this.notify('good', `${task.title}: done.`, taskResult(task));
      if (task.kind === 'engine') void this.refreshEngine();
    }
  }

  /** The end of a run, for those who look at something else. One that was stopped was stopped by somebody. */
  async #tellOfEnd(id: string, state: ExperimentState): Promise<void> {
    if (endNotice(state, null) === null) return;
    const one = await this.call('experiments.show', id).catch(() => null);
    // Those of a sweep are told of together, at its end.
    if (!one || one.tags.some(isSweepTag)) return;
    const place = placeOf(['experiments', id]);
    if (this.#tellsOutside) tellOutside(endNotice(state, one.verdict), place);
    const { parts } = router.place;
    if (parts[0] !== 'experiments' || parts[1] !== id)
      this.notify(state === 'done' ? 'good' : 'bad', endOfRun(one), place);
  }

  /** The desktop's own notifications come from its main process. */
  get #tellsOutside(): boolean {
    return this.info?.host === 'browser' && this.settings?.notify === true;
  }

  /** The end of a sweep that nobody is looking at. */
  async #tellOfSweep(id: string, error: ErrorValue | null): Promise<void> {
    const one = await this.call('sweeps.show', id).catch(() => null);
    const words = one && sweepNotice(one, error !== null);
    if (!one || !words) return;
    const place = placeOf(['sweeps', id]);
    if (this.#tellsOutside) tellOutside(words, place);
    const { parts } = router.place;
    if (parts[0] === 'sweeps' && parts[1] === id) return;
    const good = !error && one.failed === 0;
    const end = error
      ? `ended: ${error.message}`
      : good
        ? 'is done.'
        : `is through; ${counted(one.failed, 'run')} failed.`;
    this.notify(good ? 'good' : 'bad', `The sweep “${one.name}” ${end}`, place);
  }

  #forgetRunning(id: string): void {
    if (!this.running.has(id)) return;
    const next = new Map(this.running);
    next.delete(id);
    this.running = next;
  }
}

export const app = new AppState();
