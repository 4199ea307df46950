/** A part of a text. */
export interface Span {
  /** Where it begins, in UTF-16 units. */
  readonly start: number;
  /** Where it ends, not included. */
  readonly end: number;
  readonly text: string;
}
