/** Values of a task's data as short text. */

/** Text of a value, nested ones as short JSON. @param {any} value */
export function plain(value) {
  if (typeof value === 'string') return value.length > 400 ? `${value.slice(0, 400)}…` : value;
  if (typeof value === 'object') return JSON.stringify(value).slice(0, 400);
  return String(value);
}

/** @param {any} value */
export function fileName(value) {
  const text = plain(Array.isArray(value) ? value[0] ?? '' : value);
  const name = text.split(/[?#]/)[0].split('/').pop() ?? text;
  try {
    return decodeURIComponent(name.replace(/^[0-9a-f]{8}-/, '')) || text;
  } catch {
    return name || text;
  }
}
