import type { Position } from './types.ts';

/** A policy that is not valid IAM policy language: what is wrong, where, and in which policy. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  /** What is wrong, without the place. */
  readonly problem: string;
  readonly line: number;
  readonly column: number;
  /** The policy's name, once it is known. */
  readonly policy: string | undefined;

  constructor(problem: string, position: Position, policy?: string) {
    const where = `line ${position.line}, column ${position.column}`;
    super(
      policy === undefined
        ? `${where}: ${problem}`
        : `policy ${JSON.stringify(policy)}, ${where}: ${problem}`,
    );
    this.problem = problem;
    this.line = position.line;
    this.column = position.column;
    this.policy = policy;
  }

  /** The same error, naming the policy it was found in. */
  of(policy: string): PolicyError {
    return new PolicyError(this.problem, this, policy);
  }
}
