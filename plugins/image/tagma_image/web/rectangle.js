/** <Rectangle>: boxes without labels of their own; a Labels beside it names them. */
import { defineTag } from 'tagma';
import { rectangle } from 'tagma/kit/rectangle.js';

export const tool = { name: 'rectangle', title: 'Box', icon: 'square', key: 'r', order: 10, draws: 'rectangle' };

export default defineTag({ api: 1, tag: 'Rectangle', kind: 'control', smart: true, shape: rectangle, tool, mount: () => {} });
