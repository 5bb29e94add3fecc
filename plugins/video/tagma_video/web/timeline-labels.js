/** <TimelineLabels>: labels of stretches of frames, marked on the timeline. */
import { defineTag } from 'tagma';
import { mountLabels } from 'tagma/kit/labels.js';
import { lineShape } from 'tagma/kit/line-shape.js';

export const shape = lineShape('timeline');

export default defineTag({ api: 1, tag: 'TimelineLabels', kind: 'control', labels: true, shape, mount: mountLabels });
