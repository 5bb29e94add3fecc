/** <ParagraphLabels>: labels of passages of a dialogue. */
import { defineTag } from 'tagma';
import { mountLabels } from 'tagma/kit/labels.js';

export default defineTag({ api: 1, tag: 'ParagraphLabels', kind: 'control', labels: true, mount: mountLabels });
