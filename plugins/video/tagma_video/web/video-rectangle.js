/** <VideoRectangle>: boxes followed through a film. A Labels beside it names them, in the box's own result. */
import { defineTag } from 'tagma';
import { rectangle } from 'tagma/kit/rectangle.js';
import { moving } from './moving.js';

const shape = moving(rectangle, 'videorectangle');
const tool = { name: 'rectangle', title: 'Box', icon: 'square', key: 'r', order: 10, draws: shape.name };

export default defineTag({ api: 1, tag: 'VideoRectangle', kind: 'control', smart: true, shape, tool, labelsKey: 'labels', mount: () => {} });
