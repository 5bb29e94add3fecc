/** <Labels>: words that passages, and shapes without labels of their own, wear. */
import { defineTag } from 'tagma';
import { mountLabels } from 'tagma/kit/labels.js';

export default defineTag({ api: 1, tag: 'Labels', kind: 'control', labels: true, smart: true, mount: mountLabels });
