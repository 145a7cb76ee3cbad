/**
 * Something that the person who gave the input has to mend: a file, an option, an event. The message is one
 * sentence that says what was wrong, where, and what to do. The command line ends with exit code 3, a Lambda
 * with an error of this name.
 */
export class InputError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
  }
}
