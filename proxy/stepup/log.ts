/** The part of pino's logger that this folder needs. */
export type StepUpLog = {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};
