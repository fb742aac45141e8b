"""The looks of the page: one style sheet, light and dark, no scripts."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;
--bg:#fbfbfa;--fg:#1d1f21;--dim:#6b7075;--line:#dfe1e3;--card:#fff;
--red:#b3261e;--green:#1b7a3d;--violet:#7b3fa0;--blue:#2a62ac;--amber:#8f6200;--bar:#9db7d8}
@media(prefers-color-scheme:dark){:root{--bg:#17191b;--fg:#e6e7e8;--dim:#9aa0a5;--line:#33373b;
--card:#1f2225;--red:#ff8a80;--green:#7ddb9b;--violet:#d3a4f0;--blue:#9cc2f5;--amber:#f0c766;
--bar:#44618a}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}main{max-width:1100px;margin:0 auto;padding:24px 16px 64px}
header{border-left:6px solid var(--green);padding:4px 0 4px 18px}header.bad{border-color:var(--red)}
h1{font-size:26px;margin:0 0 6px}h2{font-size:18px;margin:36px 0 10px}h3{font-size:16px;
margin:0 0 4px}
h4{font-size:13px;margin:14px 0 4px}p{margin:4px 0}small,.dim{color:var(--dim);font-weight:400}
code,pre{font:12.5px/1.45 ui-monospace,monospace}code{overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--bg);border:1px solid var(--line);
border-radius:6px;padding:8px;max-height:320px;overflow:auto;margin:4px 0}
.tiles{display:flex;flex-wrap:wrap;gap:8px;list-style:none;padding:0;margin:14px 0 0}
.tiles li{border:1px solid var(--line);border-radius:8px;padding:6px 14px;background:var(--card)}
.tiles b{font-size:19px;margin-right:4px}
article{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--red);
border-radius:8px;padding:12px 16px;margin:12px 0}article.blocked{border-left-color:var(--violet)}
article.noted,article.accepted{border-left-color:var(--amber)}.found{font-weight:600;
overflow-wrap:anywhere}
table{border-collapse:collapse}td,th{text-align:left;padding:3px 10px 3px 0;vertical-align:top;
font-weight:400}
.wide{overflow-x:auto}.matrix td{text-align:center;border:1px solid var(--line);padding:2px 8px}
.matrix thead th{writing-mode:vertical-rl;transform:rotate(180deg);padding:4px 2px;color:var(--dim)}
.matrix tbody th{font-family:ui-monospace,monospace;font-size:12.5px}
.passed,tr.passed td:first-child{color:var(--green)}
.broken,tr.broken td:first-child{color:var(--red)}
.blocked{color:var(--violet)}
article.blocked,article.broken,article.noted,article.accepted{color:inherit}
.gap{color:var(--blue)}.noted,.accepted{color:var(--amber)}.not-run{color:var(--dim)}
tr.broken,tr.blocked,tr.gap,tr.noted,tr.accepted{color:inherit}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(310px,1fr));gap:0 32px}
.bars{width:100%}.bars th{font:12.5px ui-monospace,monospace;white-space:nowrap}
.bars td:nth-child(2){width:60%}
.bars i{display:block;height:11px;margin-top:6px;background:var(--bar);border-radius:3px;
min-width:2px}
.bars td:last-child{text-align:right}summary{cursor:pointer;color:var(--blue);margin:6px 0}
.every td{border-top:1px solid var(--line)}
"""
