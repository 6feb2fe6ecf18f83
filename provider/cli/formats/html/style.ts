/** The report's look: light and dark, wide and narrow, on paper. */
export const style = `
:root{color-scheme:light dark;--text:#1f1e24;--soft:#535158;--page:#fff;--card:#f4f3f7;--line:#cfccd6;--mark:#7b3fd1;--alert:#a8230c;--alert-back:#fdeae6;--link:#5a2ca0}
@media (prefers-color-scheme:dark){:root{--text:#ececef;--soft:#b9b6c2;--page:#18171d;--card:#25232c;--line:#4a4754;--mark:#b08af0;--alert:#ffab9c;--alert-back:#43201a;--link:#c9acf7}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header{max-width:82rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2rem 0 .75rem}
header p{margin:.15rem 0;color:var(--soft);overflow-wrap:anywhere}
a,summary{color:var(--link)}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.5rem}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.counts{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.75rem;margin:0 0 1rem;padding:0}
.counts div{background:var(--card);border-radius:.5rem;padding:.6rem .9rem}
.counts dt{color:var(--soft);font-size:.875rem}
.counts dd{margin:0;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}
.notes{margin-top:1rem;background:var(--alert-back);border-left:4px solid var(--alert);padding:.5rem 1rem;border-radius:.25rem;overflow-wrap:anywhere}
.notes ul{margin:0;padding-left:1.1rem}
.scrolls{overflow-x:auto}
svg{display:block;width:100%;min-width:34rem;max-width:60rem;height:auto}
svg text{fill:var(--soft);font-size:12px;text-anchor:middle}
.bar{fill:var(--mark)}
.axis{stroke:var(--line)}
form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin-bottom:.75rem}
form[hidden]{display:none}
.field{display:grid;gap:.2rem;min-width:0}
label{font-size:.875rem;color:var(--soft)}
select,input,button{font:inherit;color:inherit;background:var(--page);border:1px solid var(--soft);border-radius:.35rem;padding:.35rem .5rem;max-width:18rem}
button{cursor:pointer}
table{border-collapse:collapse;width:100%;font-size:.925rem}
caption{text-align:left;color:var(--soft);padding-bottom:.4rem}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word}
#tokens td:nth-child(2),#tokens td:nth-child(3){overflow-wrap:anywhere;min-width:8rem}
time{white-space:nowrap}
th{white-space:nowrap;position:sticky;top:0;background:var(--page)}
th button{border:0;padding:0;font-weight:600;white-space:nowrap}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
td:first-child{font-variant-numeric:tabular-nums}
.small{width:auto}
.tag{display:inline-block;border:1px solid var(--line);border-radius:1rem;padding:0 .55rem;margin:0 .2rem .2rem 0;font-size:.82rem;white-space:nowrap}
.alert{border-color:var(--alert);color:var(--alert);background:var(--alert-back)}
.field.narrow{display:none}
@media (max-width:62rem){td{overflow-wrap:anywhere}.field.narrow{display:grid}.field,select,input{width:100%;max-width:none}#tokens,#tokens tbody,#tokens tr,#tokens td,#tokens caption{display:block}#tokens thead{position:absolute;left:-99rem}#tokens tr{border:1px solid var(--line);border-radius:.5rem;margin-bottom:.75rem;padding:.25rem 0}#tokens tr[hidden]{display:none}#tokens td{border:0;display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.5rem}#tokens td::before{content:attr(data-label);color:var(--soft)}}
@media print{:root{--text:#000;--soft:#333;--page:#fff;--card:#fff;--line:#999;--alert:#000;--alert-back:#fff;--mark:#444}form,.skip,summary{display:none!important}body{font-size:10pt}th{position:static}tr{break-inside:avoid}.counts div{border:1px solid var(--line)}}
`;
