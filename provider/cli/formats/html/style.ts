/** The report's look: light and dark, wide and narrow, on paper. */
export const style = `
:root{color-scheme:light dark;--text:#1f1e24;--soft:#535158;--page:#fff;--card:#f4f3f7;--line:#cfccd6;--mark:#6b35b8;--now:#a8230c;--now-back:#fdeae6;--soon:#7a4a00;--soon-back:#fff1cf;--later:#1d4f91;--later-back:#e9f1fb;--good:#1b6339;--good-back:#e5f5ea}
@media (prefers-color-scheme:dark){:root{--text:#ececef;--soft:#b9b6c2;--page:#18171d;--card:#25232c;--line:#4a4754;--mark:#c9acf7;--now:#ffab9c;--now-back:#43201a;--soon:#f5c76b;--soon-back:#3a2c0d;--later:#a9cbff;--later-back:#1c2a40;--good:#8fdcae;--good-back:#17321f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:84rem;padding:0 1.25rem 2rem;background:var(--page);color:var(--text);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.15rem;margin:1rem 0 .25rem}
h2{font-size:1.15rem;margin:1.25rem 0 .6rem}
h3{font-size:1rem;margin:0;font-weight:600}
.tiles+h3{margin-top:.8rem}
p{margin:.2rem 0}
.verdict{font-size:1.5rem;line-height:1.25;font-weight:700;padding:.6rem .9rem;border-radius:.5rem}
header p+p,#age,.who,caption,small,label,#shown{color:var(--soft);font-size:.875rem;font-weight:400}
.now{--tone:var(--now);--back:var(--now-back)}
.soon{--tone:var(--soon);--back:var(--soon-back)}
.later{--tone:var(--later);--back:var(--later-back)}
.good{--tone:var(--good);--back:var(--good-back)}
.verdict,.tag,.card small{background:var(--back);color:var(--tone)}
a{color:var(--mark)}
.skip,#said{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.5rem}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.top{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,3fr);gap:0 2rem}
.card{border:1px solid var(--line);border-left:5px solid var(--tone);border-radius:.4rem;padding:.5rem .8rem;margin-bottom:.6rem}
.card h3 b{font-size:1.3rem;color:var(--tone)}
.card a,.tiles a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.2em}
.card small,.tag{border-radius:1rem;padding:.05rem .5rem;font-size:.8rem;white-space:nowrap}
.card p{font-size:.925rem}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(22rem,100%),1fr));gap:.6rem}
.grid .card{margin:0}
.cmd{display:flex;gap:.5rem;align-items:center;margin-top:.35rem}
code{flex:0 1 auto;min-width:0;background:var(--card);border-radius:.3rem;padding:.25rem .5rem;font:.85rem/1.4 ui-monospace,Consolas,monospace;white-space:pre-wrap}
code span{display:inline-block}
.notes{background:var(--card);border-radius:.4rem;padding:.5rem .8rem;font-size:.925rem}
.notes ul{margin:.2rem 0;padding-left:1.1rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.2rem,1fr));gap:.5rem;margin:0;padding:0;list-style:none}
.tiles a{text-decoration:none;display:block;height:100%;background:var(--card);border-radius:.4rem;padding:.35rem .7rem;font-size:.875rem}
.tiles b{display:block;font-size:1.3rem;line-height:1.2}
.tiles [aria-current],.card:has([aria-current]){box-shadow:0 0 0 2px var(--mark)}
svg{display:block;width:100%;max-width:34rem;height:auto}
svg text{fill:var(--soft);font-size:10px;text-anchor:middle}
.bar{fill:var(--mark)}
.axis{stroke:var(--line)}
form{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:end}
form[hidden],#clear[hidden]{display:none}
label{display:grid;align-content:end}
#clear{padding:.4rem 0}
select,input{height:2.2rem}
select,input,button{flex:none;font:inherit;font-size:.925rem;color:var(--text);background:var(--page);border:1px solid var(--soft);border-radius:.35rem;padding:.3rem .5rem;max-width:15rem;min-width:0}
button{cursor:pointer;padding:.15rem .6rem;white-space:nowrap}
summary{cursor:pointer;color:var(--mark);font-size:.875rem}
table{border-collapse:collapse;font-size:.925rem}
#tokens{width:100%}
caption{text-align:left}
th,td{text-align:left;font-weight:400;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{position:sticky;top:0;background:var(--page);font-weight:600}
thead button{border:0;padding:0;font-weight:600}
[aria-sort=ascending] button::after{content:" \\2191"}
[aria-sort=descending] button::after{content:" \\2193"}
tbody .name{white-space:pre-wrap;border-left:5px solid var(--tone,transparent);min-width:8rem}
.name small,.expires small{display:block}
time,.id{white-space:nowrap}
.id{font-variant-numeric:tabular-nums;text-align:right}
.narrow{display:none}
@media (max-width:60rem){
.top{display:block}
.verdict{font-size:1.25rem}
label{flex:1 1 9rem}
select,input{width:100%;max-width:none}
.narrow{display:grid}
#tokens,tbody,caption{display:block}
#tokens thead{position:absolute;left:-99rem}
#tokens tbody tr{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 .75rem;border:1px solid var(--line);border-left:5px solid var(--tone,var(--line));border-radius:.4rem;margin-bottom:.5rem;padding:.35rem .7rem}
#tokens tbody tr[hidden]{display:none}
#tokens tbody :is(th,td){border:0;padding:0;grid-column:1/-1}
#tokens tbody :is(.name,.id){grid-column:auto;grid-row:1}
#tokens .finding{padding:.1rem 0}
#tokens td:empty{display:none}
.name small,.expires small{display:inline}
.expires time::before{content:"expires "}
.expires .past::before{content:"expired "}
.expires:not(:has(time))::after{content:" expires"}
tbody .id::before{content:"#"}
tbody :is(.scope,.stack){font-size:.8rem;color:var(--soft)}
}
@media print{
:root{--text:#000;--soft:#333;--page:#fff;--card:#fff;--line:#999;--mark:#444;--now:#000;--soon:#000;--later:#000;--good:#000;--now-back:#fff;--soon-back:#fff;--later-back:#fff;--good-back:#fff}
form,.skip,summary,.cmd button{display:none!important}
body{font-size:10pt}
thead th{position:static}
tr,.card{break-inside:avoid}
.verdict,.tag,.tiles a{border:1px solid var(--line)}
}
`;
