/** Above each body: what its lines are, and what they say where the pointer, or the point of time, is. */
import { h } from 'tagma';
import { HEAD } from './chart.js';

export class Legend {
  /** @type {{channel: import('./channels.js').Channel, value: HTMLElement}[]} */
  #values = [];

  /** @param {HTMLElement} host as tall as all bodies @param {import('./chart.js').Chart} chart */
  constructor(host, chart) {
    this.chart = chart;
    let top = 0;
    for (const body of chart.bodies) {
      host.append(h('div.series-legend', { vars: { '--top': `${top}px`, '--head': `${HEAD}px` } }, body.channels.map((channel) => {
        const value = h('b.num');
        this.#values.push({ channel, value });
        return h('span', { vars: { '--line': channel.color }, title: channel.legend, data: { column: channel.column } }, h('i', null), h('span', null, channel.legend), value, channel.units ? h('small', null, channel.units) : null);
      })));
      top += body.height;
    }
  }

  /** @param {number} along the line @param {number} scale pixels of a unit */
  show(along, scale) {
    for (const { channel, value } of this.#values) {
      const words = this.chart.says(channel, along, scale);
      if (value.textContent !== words) value.textContent = words;
    }
  }
}
