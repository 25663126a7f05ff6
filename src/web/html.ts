// HTML by a tagged template that escapes every value, except HTML that it made before.
import { visibleText } from '../model/clean-text.ts';

const markup: unique symbol = Symbol('markup');

/** HTML that `html` made. No other value has this property. */
export interface Html {
  readonly [markup]: string;
}

type Value = string | number | Html | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Makes HTML: a value is safe between tags and in quoted attributes, without characters that change the text around it.
 * @example html`<p title="${title}">${text}</p>`
 */
export function html({ raw: [first = '', ...rest] }: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { [markup]: rest.reduce((text, part, at) => text + markupOf(values[at] ?? '') + part, first) };
}

/** No HTML. */
export const nothing = html``;

/** HTML as text. */
export function textOf(made: Html): string {
  return made[markup];
}

function markupOf(value: Value): string {
  if (typeof value === 'string')
    return visibleText(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
  if (typeof value === 'number') return String(value);
  return markup in value ? value[markup] : value.map(textOf).join('');
}
