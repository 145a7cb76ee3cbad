/**
 * Characters that must not reach a terminal, a log or a mail as they are: controls (ESC, newlines and tabs among
 * them), bidirectional and other format characters, what is invisible or zero-width, line separators, private use,
 * lone surrogates. Names, Sids, tags and user agents are written by people who may be attackers.
 */
const HARMFUL =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu;

/** `\u{202e}` for a harmful character: visible, and the same everywhere. */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x0a) return '\\n';
  if (code === 0x09) return '\\t';
  if (code === 0x0d) return '\\r';
  return `\\u{${code.toString(16)}}`;
}

/** Cut to a number of characters (code points), with an ellipsis in place of what is gone. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = [...text];
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** One line of text that shows what it contains, so that no writer of a name can deceive its reader. */
export function escapeText(text: string, limit = 2000): string {
  return shortened(text, limit).replaceAll(HARMFUL, visible);
}

/** A host name that stands by itself, which mail programs make a link of, too; not the domain of a mail address. */
const BARE_HOST = /(?<![@\w.-])(?:[\w-]+\.)+[a-z]{2,24}(?![\w-]|\.\w)/gi;

/** What looks like a host name and is none, or is AWS's own. */
const HARMLESS_HOST = /\.(?:ya?ml|json|m?js|ts|txt|log)$|\.amazonaws\.com(?:\.cn)?$/i;

function withoutHost(host: string): string {
  const dot = host.lastIndexOf('.');
  return HARMLESS_HOST.test(host) ? host : `${host.slice(0, dot)}[.]${host.slice(dot + 1)}`;
}

/**
 * The same for e-mail: what a mail program would turn into a link is broken up, so that a role session name cannot
 * carry a phishing link into a message that people trust. Addresses of the product's own are put in afterwards.
 */
export function escapeForMail(text: string, limit = 500): string {
  return escapeText(text, limit)
    .replaceAll(/\b([a-z][a-z0-9+.-]*):\/\//gi, '$1[:]//')
    .replaceAll(BARE_HOST, withoutHost)
    .replaceAll(/\b(javascript|data|mailto|tel):/gi, '$1[:]');
}

/** ASCII only, for a mail's subject: other characters become `?`. */
export function asciiOnly(text: string): string {
  return [...escapeText(text).normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('…', '...')]
    .map((character) => (/^[\x20-\x7e]$/.test(character) ? character : '?'))
    .join('');
}

/** JSON that is safe to print: harmful characters inside of strings become `\uXXXX`, which means the same. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(HARMFUL, (character) =>
    character === '\n'
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}
