declare const __quire: any; declare const quire: any; declare function display(v: unknown): void; declare function html(v:string):object;
