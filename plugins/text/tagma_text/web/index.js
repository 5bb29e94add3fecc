import { defineTag } from 'tagma';

export default [defineTag({ api: 1, tag: 'Text', kind: 'object', load: () => import('./text.js') })];
