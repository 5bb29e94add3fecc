import { defineTag } from 'tagma';

export default [
  defineTag({ api: 1, tag: 'Image', kind: 'object', load: () => import('./image.js') }),
  defineTag({ api: 1, tag: 'Rectangle', kind: 'control', load: () => import('./rectangle.js') }),
  defineTag({ api: 1, tag: 'RectangleLabels', kind: 'control', load: () => import('./rectangle-labels.js') }),
];
