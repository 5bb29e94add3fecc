/** Keys as other tools have them, for hands that know these. Ours are those of Label Studio as they are. */
/** @param {Record<string, string>} keys @returns {Record<string, {key: string, active: boolean}>} */
const own = (keys) => Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, { key, active: true }]));

/** @type {{title: string, keys: Record<string, {key: string, active: boolean}>}[]} */
export const PRESETS = [
  { title: 'Label Studio', keys: {} },
  { title: 'CVAT', keys: own({
    'page:help': 'f1,?', 'annotation:submit': 'ctrl+s,ctrl+enter', 'task:next': 'f', 'task:previous': 'd', 'region:delete': 'delete',
    'region:lock': 'l', 'region:hide': 'h', 'tool:rectangle': 'n', 'tool:pan': 'g',
    'region:hide-all': 't', 'region:cycle': '.', 'view:fit': 'ctrl+0',
  }) },
];
