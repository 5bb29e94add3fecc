// The whole of Lit in one file: one request, one copy. The import map gives every directive's own name to it as well.
export * from 'lit';
export * from 'lit/directives/cache.js';
export * from 'lit/directives/class-map.js';
export * from 'lit/directives/guard.js';
export * from 'lit/directives/if-defined.js';
export * from 'lit/directives/keyed.js';
export * from 'lit/directives/live.js';
export * from 'lit/directives/ref.js';
export * from 'lit/directives/repeat.js';
export * from 'lit/directives/style-map.js';
export * from 'lit/directives/unsafe-html.js';
export * from 'lit/directives/when.js';
