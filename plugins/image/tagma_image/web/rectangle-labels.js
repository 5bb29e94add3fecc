/** <RectangleLabels>: boxes that wear labels. */
import { defineTag } from 'tagma';
import { rectangle } from 'tagma/kit/rectangle.js';
import { mountLabels } from 'tagma/kit/labels.js';
import { tool } from './rectangle.js';

export default defineTag({ api: 1, tag: 'RectangleLabels', kind: 'control', labels: true, smart: true, shape: rectangle, tool, mount: mountLabels });
