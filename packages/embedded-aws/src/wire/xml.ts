const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  // A plain carriage return would be read as a line feed.
  ['\r', '&#13;'],
  ['\t', '\t'],
  ['\n', '\n'],
]);

/** Text between tags. Other control characters are not XML 1.0. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']|\p{Cc}/gu, (character) => entities.get(character) ?? '\ufffd');
}
