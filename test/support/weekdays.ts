import type { DeployedStack } from '#cli/demo/stack.ts';

export const monday = 1;
export const tuesday = 2;

/** Lets the time until the next such day (UTC) pass on the stack's clock; a whole week, where it is that day. */
export function passUntil(day: number, { aws }: Pick<DeployedStack, 'aws'>): void {
  const { timers } = aws.platform;
  const days = (day + 7 - new Date(timers.now()).getUTCDay()) % 7 || 7;
  timers.after(days * 86_400_000, () => undefined);
  timers.skip();
}
