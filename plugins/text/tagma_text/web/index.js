import { defineTag } from 'tagma';

export default [
  defineTag({ api: 1, tag: 'Text', kind: 'object', load: () => import('./text.js') }),
  defineTag({ api: 1, tag: 'Paragraphs', kind: 'object', load: () => import('./paragraphs.js') }),
  defineTag({ api: 1, tag: 'ParagraphLabels', kind: 'control', load: () => import('./paragraph-labels.js') }),
];
