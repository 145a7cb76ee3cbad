import {
  type Bindings,
  causesBeside,
  editsBeside,
  isOfBoundary,
  policyTarget,
} from '#lib/change/edit-targets.ts';
import type { Change } from '#lib/change/types.ts';
import { recentEdits, rememberEdit } from '#lib/outbox/recent-edits.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { PrincipalRecord } from '#lib/outbox/types.ts';

interface EditSteps {
  readonly table: RecordTable;
  readonly now: () => Date;
}

/** The edits of other events that concern the principals of a message; each group and policy is asked for once. */
export class EditsOfOthers {
  readonly #steps: EditSteps;
  readonly #found = new Map<string, ReturnType<typeof recentEdits>>();

  constructor(steps: EditSteps) {
    this.#steps = steps;
  }

  async beside(
    subject: string,
    changes: readonly Change[],
    before: PrincipalRecord | undefined,
  ): Promise<readonly Change[]> {
    const { table, now } = this.#steps;
    const boundary = before?.access?.boundary?.arn;
    // Events of that boundary may come when nobody sees any more whom it limited.
    if (boundary !== undefined)
      for (const change of changes)
        if (change.edit !== undefined && isOfBoundary(change.edit))
          await rememberEdit(table, { change, subjects: [subject] }, now(), [policyTarget(boundary)]);
    return editsBeside(changes, { subject, boundary }, (target) => this.#recent(target));
  }

  /** What may have led to what a look shows, beside the changes that it was made for. */
  causes(
    names: readonly string[],
    changes: readonly Change[],
    bindings: Bindings,
  ): Promise<readonly Change[]> {
    return causesBeside(changes, { names, bindings }, (target) => this.#recent(target));
  }

  #recent(target: string): ReturnType<typeof recentEdits> {
    const { table, now } = this.#steps;
    const known = this.#found.get(target) ?? recentEdits(table, target, now());
    this.#found.set(target, known);
    return known;
  }
}
