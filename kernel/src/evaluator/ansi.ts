/** The colours of tracebacks, as terminals and front ends read them. */
export const RED = '\u001b[31m';
export const CYAN = '\u001b[36m';
export const YELLOW = '\u001b[33m';
export const BOLD = '\u001b[1m';
export const DIM = '\u001b[2m';
export const RESET = '\u001b[0m';
