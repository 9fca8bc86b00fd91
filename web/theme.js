// theme.js - light, dark or like the system, and the colours as a canvas needs them.
//
// style.css is the only list of colours. A canvas cannot read custom properties, so a
// hidden element resolves each token once for the theme that holds.
// @ts-check

export const THEMES = ['system', 'light', 'dark'];

/**
 * @param {{signal: <T>(value: T) => {value: T, peek(): T}, document: Document,
 *   storage: {get(key: string): string | null, set(key: string, value: string): void},
 *   dark: MediaQueryList}} parts
 */
export function createTheme({ signal, document, storage, dark }) {
  const stored = storage.get('theme');
  const choice = signal(THEMES.includes(stored ?? '') ? /** @type {string} */ (stored) : 'system');
  /** Rises with each change of colours. */ const version = signal(0);
  /** @type {Map<string, string>} */ const colors = new Map();
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);

  function apply() {
    if (choice.peek() === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice.peek();
    colors.clear();
    version.value += 1;
  }
  dark.addEventListener('change', apply);
  apply();

  return {
    choice,
    version,

    /** @param {string} name of a theme */
    choose(name) {
      if (!THEMES.includes(name)) return;
      choice.value = name;
      storage.set('theme', name);
      apply();
    },

    /** "gen-0" → "rgb(194, 82, 10)" @param {string} token */
    color(token) {
      let value = colors.get(token);
      if (value === undefined) {
        probe.style.color = `var(--${token})`;
        value = document.defaultView?.getComputedStyle(probe).color ?? 'gray';
        colors.set(token, value);
      }
      return value;
    },
  };
}
