import { applyEdits, findNodeAtLocation, modify, parseTree } from 'jsonc-parser';

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A document after a JSON Patch; what the patch does not touch stays as it is written, line breaks and all. */
export function patched(text: string, operations: readonly PatchOperation[]): string {
  return operations.reduce(patchedOnce, text);
}

function patchedOnce(text: string, operation: PatchOperation): string {
  const path = operation.path.split('/').slice(1).map(segmentOf);
  const isInsertion = operation.op === 'add' && typeof path.at(-1) === 'number';
  const last = path.at(-1);
  // The parser leaves a bracket too many where the last of a list on one line goes.
  if (operation.op === 'remove' && typeof last === 'number')
    return withoutElement(text, path.slice(0, -1), last);
  const edits = modify(text, path, operation.op === 'remove' ? undefined : operation.value, {
    ...formattingOf(text),
    isArrayInsertion: isInsertion,
  });
  return applyEdits(text, edits);
}

/** Takes an element of a list out, with the comma that it needs no more. */
function withoutElement(text: string, path: readonly (string | number)[], index: number): string {
  const root = parseTree(text);
  const elements = (root && findNodeAtLocation(root, [...path]))?.children ?? [];
  const [before, element, after] = [elements[index - 1], elements[index], elements[index + 1]];
  if (element === undefined) throw new Error(`the document has no element ${index}`);
  const from = after === undefined && before !== undefined ? before.offset + before.length : element.offset;
  const to = after === undefined ? element.offset + element.length : after.offset;
  return text.slice(0, from) + text.slice(to);
}

/** Of a pointer; `-` stands for the place behind the last element. */
function segmentOf(segment: string): string | number {
  if (segment === '-') return -1;
  if (/^\d+$/.test(segment)) return Number(segment);
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** As the text is indented; a text on one line stays on one. */
function formattingOf(text: string) {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1];
  if (indent === undefined) return {};
  const insertSpaces = !indent.includes('\t');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { formattingOptions: { insertSpaces, tabSize: insertSpaces ? indent.length : 1, eol } };
}
