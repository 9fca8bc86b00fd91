// errors.js - what the contract's error names mean, as a sentence for the reader.
// @ts-check

const NAMES = ['cooling_down', 'busy', 'forbidden', 'unauthorized', 'no_such_heap', 'heap_gone',
  'not_supported', 'limit', 'timeout', 'disconnected'];

/**
 * @param {(key: string, values?: any) => string} t
 * @param {{name: string, message: string, data?: any}} error an RpcError
 */
export function error_sentence(t, error) {
  if (error.data?.path) return t('error.param', { path: error.data.path.replace('/params/', ''), expected: error.data.expected });
  if (!NAMES.includes(error.name)) return t('error.other', { message: error.message });
  return t(`error.${error.name}`, { ms: error.data?.retry_after_ms ?? '' });
}
