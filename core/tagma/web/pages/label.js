/** The labeling page: the task that came with it, in the editor. */
import { mountEditor } from 'tagma/editor/index.js';
import { keys } from 'tagma/ui/frame.js';
import { toastError } from 'tagma/ui/toast.js';

const page = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const host = document.getElementById('editor');
if (host) mountEditor(host, page, { keys }).catch(toastError);
