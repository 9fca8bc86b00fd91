// command_text.js - a call of the contract as a line for a POSIX shell: with curl, which
// asks as the page does, and with ouroctl, by its own command where it has one.
//
// Neither holds a token: both take the one in OURO_TOKEN. Whatever stands in a parameter
// stays one word of the shell.
// @ts-check

/** What a shell takes as it stands; everything else is quoted. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** A command's name and the eight words that ouroctl takes after it. */
const MOST_WORDS = 9;
const DEFAULT_SERVER = 'http://127.0.0.1:6876';

/** @param {string} text @returns {string} one word of a POSIX shell */
export function shell_word(text) {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The daemon's own address from the page's, without what the page added. @param {string} base_uri */
export function server_of(base_uri) {
  return new URL('.', base_uri).href.replace(/[?#].*$/, '').replace(/\/$/, '');
}

/** @param {string} server as `server_of` gives it @param {string} method @param {any} [params] */
export function as_curl(server, method, params = {}) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return `curl -sS -H "Authorization: Bearer $OURO_TOKEN" -H 'Content-Type: application/json' ${
    shell_word(`${server}/rpc`)} -d ${shell_word(body)}`;
}

/** @param {string} server @param {string} method @param {any} [params] */
export function as_ouroctl(server, method, params = {}) {
  const words = command_of(method, params) ?? ['raw', method, JSON.stringify(params)];
  // On the daemon's own host it finds the daemon by itself.
  const where = server === DEFAULT_SERVER || server === DEFAULT_SERVER.replace('127.0.0.1', 'localhost') ? [] : ['--server', server];
  return ['ouroctl', ...words, ...where].map(shell_word).join(' ');
}

/**
 * The words of ouroctl's own command for a call, or null where it has none that says just this.
 * @param {string} method @param {any} params @returns {string[] | null}
 */
function command_of(method, params) {
  const make = COMMANDS[method];
  const words = make && make(params);
  if (!words || words.length > MOST_WORDS) return null;
  // A heap's id that looks like an option, or nothing at all, is no word for a command line.
  return /^[^-]/.test(params.heap ?? '') ? words : null;
}

/** @type {Record<string, (params: any) => string[] | null>} */
const COMMANDS = {
  'gc.collect': ({ heap, generation = 2, dry_run = false }) => [
    'collect', heap, '--generation', String(generation), ...(dry_run ? ['--dry-run'] : [])],
  'gc.get_threshold': ({ heap }) => ['threshold', heap],
  'gc.set_threshold': ({ heap, thresholds, revert_after_ms }) => [
    'threshold', heap, ...thresholds.map(String), ...revert(revert_after_ms)],
  'gc.enable': ({ heap }) => ['enable', heap],
  'gc.disable': ({ heap, revert_after_ms }) => ['disable', heap, ...revert(revert_after_ms)],
  'gc.freeze': ({ heap }) => ['freeze', heap],
  'gc.unfreeze': ({ heap }) => ['unfreeze', heap],
  'gc.keep': ({ heap }) => ['keep', heap],
  'workload.start': ({ heap, workload, settings = {} }) => (
    workload === 'stop' || /^-|=/.test(workload) ? null : ['workload', heap, workload, ...settings_of(settings)]),
  'workload.set': ({ heap, settings }) => (
    Object.keys(settings).length === 0 ? null : ['workload', heap, ...settings_of(settings)]),
  'workload.stop': ({ heap }) => ['workload', heap, 'stop'],
};

/** @param {number | undefined} ms */
function revert(ms) {
  if (ms === undefined) return [];
  return ['--revert-after', ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`];
}

/** @param {Record<string, number>} settings */
function settings_of(settings) {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}
