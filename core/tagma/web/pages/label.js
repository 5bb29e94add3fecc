/** The labeling page: the task that came with it, in the editor. */
import { toastError } from 'tagma/ui/toast.js';
import { mountEditor } from 'tagma/editor/index.js';

const page = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}');
const host = document.getElementById('editor');
if (host && page.task) mountEditor(host, page).catch(toastError);
