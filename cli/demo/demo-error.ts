/** A mistake of the surroundings that the user can mend: printed as it is, without a stack. */
export class DemoError extends Error {}
