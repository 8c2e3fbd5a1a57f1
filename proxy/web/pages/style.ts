/** The one style sheet; its hash is in the Content-Security-Policy, so it is inlined exactly as it is here. */
export const style = `
:root{color-scheme:light dark;--bg:#f4f5f3;--card:#fff;--ink:#1d2421;--soft:#5b6661;--line:#dfe4e0;--field:#fff;--accent:#12664f;--accent-ink:#fff;--mark:#ffe9a8;--mark-ink:#4a3500;--code:#f6f8f6;--bad:#a3261b;--bad-bg:#fdeeec;--ok:#12664f;--ok-bg:#e9f5f0}
@media (prefers-color-scheme:dark){:root{--bg:#121614;--card:#1a201d;--ink:#e6ebe8;--soft:#9aa7a1;--line:#2e3732;--field:#121614;--accent:#5fc9a5;--accent-ink:#08251b;--mark:#5a4708;--mark-ink:#ffe9a8;--code:#141917;--bad:#ff9d92;--bad-bg:#3a1b18;--ok:#7bd8b8;--ok-bg:#15302a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:40rem;margin:0 auto;padding:1rem 1rem 2rem}
.brand{display:flex;align-items:center;gap:.5rem;margin:.25rem 0 1rem;color:var(--soft);font-size:.9rem;font-weight:600;letter-spacing:.02em}
.brand svg{width:1.15rem;height:1.15rem;color:var(--accent)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem}
h1{margin:0 0 .4rem;font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}
h2{margin:1.5rem 0 .5rem;font-size:.82rem;font-weight:600;color:var(--soft);letter-spacing:.04em;text-transform:uppercase}
p{margin:0 0 .75rem}
.lead{font-size:1.05rem}
.soft{color:var(--soft)}
.small{font-size:.9rem}
.match{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.25rem 1rem;margin:1rem 0 0;padding:.7rem .9rem;background:var(--code);border:1px solid var(--line);border-radius:10px}
.match strong{font:600 1.2rem/1.3 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.06em;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
pre{margin:0;max-height:15rem;overflow:auto;padding:.8rem .9rem;background:var(--code);border:1px solid var(--line);border-radius:10px;font:.88rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
mark{background:var(--mark);color:var(--mark-ink);border-radius:3px;padding:.05em .15em;margin:0 -.15em;font-weight:600}
.gap{display:block;margin:.4rem 0;color:var(--soft);font-style:italic}
.invisible{border:1px solid var(--bad);color:var(--bad);border-radius:3px;padding:0 .2em;font-size:.85em}
ul{margin:0;padding:0;list-style:none}
li{padding:.4rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
li:first-child{border-top:0;padding-top:0}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.note{margin:.5rem 0 0}
.proof{position:sticky;bottom:0;margin:1.5rem -1.25rem -1.25rem;padding:1rem 1.25rem 1.1rem;background:var(--card);border-top:1px solid var(--line);border-radius:0 0 14px 14px;box-shadow:0 -8px 18px -14px rgba(0,0,0,.35)}
form{margin:0}
label{display:block;font-weight:600}
.top{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:0 1rem}
.row{display:flex;gap:.6rem;margin:.55rem 0 0}
input[name=code]{flex:1 1 0;min-width:0;padding:.55rem .5rem;border:1.5px solid var(--soft);border-radius:10px;background:var(--field);color:var(--ink);font:600 1.5rem/1.2 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.2em;text-align:center}
input[aria-invalid=true]{border-color:var(--bad)}
button{padding:.7rem 1.25rem;border-radius:10px;border:1.5px solid transparent;font-family:inherit;font-size:1.05rem;font-weight:600;line-height:1.2;cursor:pointer}
button:disabled{opacity:.55;cursor:default}
.primary{background:var(--accent);color:var(--accent-ink)}
.primary:hover{filter:brightness(1.08)}
.quiet{display:block;margin:.6rem auto 0;padding:.45rem .9rem;background:transparent;color:var(--bad);font-size:.95rem}
.quiet:hover{border-color:var(--bad)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.notice{margin:0 0 .8rem;padding:.7rem .9rem;border-radius:10px;background:var(--bad-bg);color:var(--bad);font-weight:600}
.left{margin:0;color:var(--soft);white-space:nowrap}
.left strong{color:var(--ink);font-variant-numeric:tabular-nums}
.end{text-align:center;padding:2.25rem 1.25rem}
.end .sign{display:inline-flex;align-items:center;justify-content:center;width:3.5rem;height:3.5rem;margin-bottom:.9rem;border-radius:50%;background:var(--bad-bg);color:var(--bad)}
.end .sign.ok{background:var(--ok-bg);color:var(--ok)}
.end .sign svg{width:1.7rem;height:1.7rem}
.end p:last-child{margin-bottom:0}
@media (min-width:44rem){main{padding-top:2.5rem}.card{padding:2rem}.proof{margin:1.75rem -2rem -2rem;padding:1.25rem 2rem 1.4rem}.end{padding:3rem 2rem}}
@media (min-width:64rem){main.wide{max-width:66rem}.ask{display:grid;grid-template-columns:minmax(0,1fr) 22rem;gap:0 2.5rem;align-items:start}.proof{top:1.5rem;bottom:auto;margin:0;padding:1.5rem;border:1px solid var(--line);border-radius:12px;box-shadow:none;background:var(--code)}.row{flex-direction:column}input[name=code]{flex:none;width:100%;padding:.7rem .5rem;font-size:1.7rem}}
@media (max-height:30rem){.proof{position:static}}
@media (forced-colors:active){mark{outline:1px solid}}
`;
