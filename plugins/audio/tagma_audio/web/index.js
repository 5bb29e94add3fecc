import { defineTag } from 'tagma';

export default [defineTag({ api: 1, tag: 'Audio', kind: 'object', load: () => import('./audio.js') })];
