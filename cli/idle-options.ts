import { InputError } from '#lib/errors.ts';

/**
 * What would not be looked at is refused: whoever wrote it takes the answer for one that heeds it.
 *
 * @param names of options, as commander has them (`stackName`)
 * @param why what follows the option's own name in the error
 * @throws {InputError} for the first of them that is given
 */
export function refuseIdle<Flags extends object>(
  flags: Flags,
  names: readonly (keyof Flags & string)[],
  why: string,
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new InputError(`--${given.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)} ${why}`);
}

/** Of a command that takes a plan: what is for plans only, and what is for no plan. @throws {InputError} */
export function refuseIdlePlan(flags: {
  readonly plan?: string;
  readonly profile?: string;
  readonly accountId?: string;
  readonly stackName?: string;
  readonly parameter?: object;
  readonly onlyChanges?: boolean;
}): void {
  if (flags.plan === undefined) {
    const ofPlans = ['accountId', 'stackName', 'parameter', 'onlyChanges'] as const;
    refuseIdle(flags, ofPlans, 'is for --plan FILE: what is about to be deployed');
  } else {
    refuseIdle(flags, ['profile'], 'is not asked: --plan is put on an account file (--account-details)');
  }
}
