/** Something a person handed in cannot be used: a file, an option, an ARN. The message says what, where and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** AWS refuses a call that the product needs, so nothing true can be said: the permissions of the stack are wrong. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  /** `iam:SimulatePrincipalPolicy` */
  readonly call: string;
  constructor(call: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.call = call;
  }
}

/** The user or role does not exist (any more): not a failure of the check. */
export class PrincipalGoneError extends Error {
  override readonly name = 'PrincipalGoneError';
  readonly principal: string;
  constructor(principal: string, options?: ErrorOptions) {
    super(`${principal} does not exist in IAM (any more)`, options);
    this.principal = principal;
  }
}
