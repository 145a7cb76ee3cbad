import type { SnsMessage } from '@permission-check/embedded-aws';

const paint = (code: string) => (text: string) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = paint('1');
const dim = paint('2');

/** Speaks as a narrator, apart from what the programs print. */
export function narrate(text: string): void {
  process.stdout.write(`\n${bold(`» ${text}`)}\n\n`);
}

/** Shows a message as its reader's mail program would, or its first lines. */
export function printMail(message: SnsMessage, limit = Number.POSITIVE_INFINITY): void {
  const body = message.byProtocol.email ?? message.message;
  const all = [`Subject: ${message.subject ?? ''}`, '', ...body.trimEnd().split('\n')];
  const lines = all.length > limit ? [...all.slice(0, limit), `… and ${all.length - limit} lines more`] : all;
  process.stdout.write(`${lines.map((line) => `${dim('│')} ${line}`.trimEnd()).join('\n')}\n`);
}
