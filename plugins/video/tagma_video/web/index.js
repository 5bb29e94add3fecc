import { defineTag } from 'tagma';

export default [
  defineTag({ api: 1, tag: 'Video', kind: 'object', load: () => import('./video.js') }),
  defineTag({ api: 1, tag: 'VideoRectangle', kind: 'control', load: () => import('./video-rectangle.js') }),
  defineTag({ api: 1, tag: 'TimelineLabels', kind: 'control', load: () => import('./timeline-labels.js') }),
];
