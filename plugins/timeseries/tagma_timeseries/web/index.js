import { defineTag } from 'tagma';

export default [
  defineTag({ api: 1, tag: 'TimeSeries', kind: 'object', load: () => import('./series.js') }),
  defineTag({ api: 1, tag: 'TimeSeriesLabels', kind: 'control', labels: true, load: () => import('./labels.js') }),
];
