import type { Mail } from './mail-content.ts';

/**
 * What SNS allows a message in bytes, attributes included (SNS quotas: 256 KiB). Less than that is used: the rest
 * is for the envelope and for attributes.
 */
export const largestMessage = 262_144;

/** Bytes that a text takes inside of a JSON string, in UTF-8. */
export function bytesInJson(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The text cut to a number of such bytes, at a whole character. */
export function cutToBytes(text: string, bytes: number): string {
  if (bytesInJson(text) <= bytes) return text;
  let used = bytesInJson('…');
  let kept = '';
  for (const character of text) {
    used += bytesInJson(character);
    if (used > bytes) break;
    kept += character;
  }
  return `${kept}…`;
}

/** As many of the lines as fit; the last one says that there were more. */
export function clip(lines: readonly string[], bytes: number): string[] {
  const size = (line: string): number => bytesInJson(`${line}\n`);
  if (lines.reduce((sum, line) => sum + size(line), 0) <= bytes) return [...lines];
  const note = '  … (cut: too long for one message)';
  let left = bytes - size(note);
  const kept: string[] = [];
  for (const line of lines) {
    const fitting = cutToBytes(line, Math.min(left - 2, 2_000));
    left -= size(fitting);
    if (left < 0) break;
    kept.push(fitting);
  }
  return [...kept, note];
}

/**
 * The message as SNS takes it with MessageStructure `json`: e-mail subscriptions get the text, all other protocols
 * (sqs, lambda, https, email-json …) the JSON form, which is the default.
 */
export function composeMessage({ text, json }: Pick<Mail, 'text' | 'json'>): string {
  return JSON.stringify({ default: json, email: text });
}

/** Bytes of a message with its attributes, as SNS counts them. */
export function messageBytes(mail: Mail): number {
  const attributes = Object.entries(mail.attributes).map(
    ([name, { type, value }]) =>
      Buffer.byteLength(name) +
      Buffer.byteLength(type) +
      Buffer.byteLength(typeof value === 'object' ? JSON.stringify(value) : String(value)),
  );
  return Buffer.byteLength(composeMessage(mail)) + attributes.reduce((sum, bytes) => sum + bytes, 0);
}
