/** One task after the other: the next is fetched while this one is worked on, and those before can be gone back to. */
import { api } from '../api.js';

const FAR = 50; // tasks behind that are remembered

export class Stream {
  /** @type {number[]} tasks before this one */
  #past = [];
  /** @type {number[]} tasks after this one that were open already */
  #future = [];
  /** @type {Promise<any> | null} */
  #ahead = null;
  /** Tasks that were handed in and may not have arrived; the queue still believes them open. @type {Set<number>} */
  onTheirWay = new Set();

  /** @param {number} project @param {string} query what the queue is asked for beside, as a view */
  constructor(project, query = '') {
    this.project = project;
    this.query = query;
  }

  get hasPast() {
    return this.#past.length > 0;
  }

  /** @param {number} task the one that is open @returns {Promise<any>} */
  #ask(task) {
    const exclude = [task, ...this.#future, ...this.onTheirWay].join(',');
    return api.get(`/api/projects/${this.project}/next/?exclude=${exclude}${this.query}`);
  }

  /** Fetch what comes after a task, and its files; a failure is kept for the one who asks for it. @param {number} task @param {(task: any) => void} files */
  prepare(task, files) {
    if (this.#ahead || this.#future.length) return;
    this.#ahead = this.#ask(task);
    this.#ahead.then(files).catch(() => {});
  }

  /** @param {number} task the one that is left @returns {Promise<any>} */
  async next(task) {
    const known = this.#future.at(-1);
    const coming = known ? api.get(`/api/tasks/${known}/`) : (this.#ahead ?? this.#ask(task));
    this.#ahead = null;
    const found = await coming;
    if (known) this.#future.pop();
    this.#past = [...this.#past, task].slice(-FAR);
    return found;
  }

  /** @param {number} task the one that is left @returns {Promise<any>} */
  async previous(task) {
    const found = await api.get(`/api/tasks/${this.#past.at(-1)}/`);
    this.#past.pop();
    this.#future.push(task);
    return found;
  }
}
