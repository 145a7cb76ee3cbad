import { AwsError } from '../types.ts';

interface Permission {
  readonly functionName: string;
  readonly principal: string;
  readonly sourceArn?: string;
}

/** Which AWS services may invoke which function, and for what: the functions' resource policies. */
export class InvokePermissions {
  readonly #permissions: Permission[] = [];

  add(permission: Permission): void {
    this.#permissions.push(permission);
  }

  /** @throws AwsError AccessDeniedException where the function does not let the service. */
  check(functionName: string, service: string, sourceArn: string): void {
    const allowed = this.#permissions.some(
      (one) =>
        one.functionName === functionName &&
        one.principal === service &&
        (one.sourceArn === undefined || one.sourceArn === sourceArn),
    );
    if (allowed) return;
    const message = `${functionName} does not let ${service} invoke it for ${sourceArn}`;
    throw new AwsError('AccessDeniedException', message, 403);
  }
}
