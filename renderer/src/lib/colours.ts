/**
 * The present value of a colour token, for canvases, which do not know custom properties. A probe is needed
 * because the computed value of a custom property is its text, `light-dark(…)` and all.
 */
export function colourOf(within: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  within.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Whether light ink stands on dark ground there. */
export function isDark(within: HTMLElement): boolean {
  const [red = 0, green = 0, blue = 0] = (colourOf(within, '--ink').match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue > 3 * 127;
}

/** Calls back when the theme may have changed. @returns a function that ends it */
export function onThemeChange(listener: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    dark.removeEventListener('change', listener);
    observer.disconnect();
  };
}
