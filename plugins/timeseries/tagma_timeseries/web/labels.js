/** <TimeSeriesLabels>: what stretches and instants of a series wear. */
import { defineTag } from 'tagma';
import { mountLabels } from 'tagma/kit/labels.js';

export default defineTag({ api: 1, tag: 'TimeSeriesLabels', kind: 'control', labels: true, mount: mountLabels });
