import { defineTag } from 'tagma';

/** A tag alone in its file. @param {string} name @param {'visual' | 'control'} kind @param {string} file */
const tag = (name, kind, file) => defineTag({ api: 1, tag: name, kind, load: () => import(file) });

export default [
  tag('View', 'visual', './layout.js'),
  defineTag({ api: 1, tag: 'Header', kind: 'visual', load: async () => ({ default: (await import('./layout.js')).header }) }),
  defineTag({ api: 1, tag: 'Style', kind: 'visual', load: async () => ({ default: (await import('./layout.js')).style }) }),
  tag('Labels', 'control', './labels.js'),
  tag('Choices', 'control', './choices.js'),
  tag('Taxonomy', 'control', './taxonomy.js'),
  tag('TextArea', 'control', './textarea.js'),
  defineTag({ api: 1, tag: 'Rating', kind: 'control', load: async () => ({ default: (await import('./scalars.js')).rating }) }),
  defineTag({ api: 1, tag: 'Number', kind: 'control', load: async () => ({ default: (await import('./scalars.js')).number }) }),
  defineTag({ api: 1, tag: 'DateTime', kind: 'control', load: async () => ({ default: (await import('./scalars.js')).dateTime }) }),
];
