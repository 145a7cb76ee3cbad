import type { Expectations } from '#lib/expectation/expectations.ts';
import type { Paced } from '#lib/iam/pace.ts';
import { insistOnAnswers } from '#lib/observe/insist-on-answers.ts';
import type { ReadBeside } from './check-beside.ts';
import { checkSubjects } from './check-subjects.ts';
import { type GuardedIam, guardedSimulation } from './guarded-simulation.ts';
import type { Reading } from './readings.ts';
import type { SubjectChecks } from './remember-look.ts';

export interface PreparationSteps extends GuardedIam {
  /** How is read what IAM does not have; absent: it is not. */
  readonly readBeside?: (pace: Paced) => ReadBeside;
  readonly expectations: Expectations;
  /** When to stop searching in the midst of a principal, as performance.now() counts. */
  readonly until: number;
  readonly now: () => Date;
}

/**
 * The checks of a reading's principals. Messages that share a reading share what is worked out about it in this process:
 * who can become whom, what policies mean, and what IAM has answered about those who have the same.
 */
export class PreparedChecks {
  #known: { readonly of: readonly unknown[]; readonly checks: SubjectChecks } | undefined;
  /** Of the message that is being answered. */
  #until = 0;

  /**
   * @param isPatient whether a check throws UnansweredError where IAM's simulator does not answer.
   * @param isShared whether others go by the same reading: one that is for a single message takes nobody's place.
   */
  async of(
    reading: Reading,
    steps: PreparationSteps,
    { isPatient, isShared }: { readonly isPatient: boolean; readonly isShared: boolean },
  ): Promise<SubjectChecks> {
    const { account, readAt } = reading;
    const today = steps.now().toISOString().slice(0, 10);
    this.#until = steps.until;
    const basis = [account, steps.expectations.content, today, isPatient];
    if (this.#known?.of.every((one, index) => one === basis[index])) return this.#known.checks;
    const { guardrails, simulate } = guardedSimulation(account.accountId, steps);
    const options = {
      expectations: steps.expectations,
      today,
      guardrails,
      simulate: isPatient ? insistOnAnswers(simulate) : simulate,
      until: () => this.#until,
    };
    const prepared = await checkSubjects(account, options, steps.readBeside?.(steps.pace));
    const checks = { ...prepared, readAt };
    if (isShared) this.#known = { of: basis, checks };
    return checks;
  }
}
