/** Shows itself as text: in `console.log`, in a template, and as the result of a notebook's cell. */
export abstract class Printable {
  abstract toString(): string;

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString() };
  }
}
