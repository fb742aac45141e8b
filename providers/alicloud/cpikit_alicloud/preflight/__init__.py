"""`cpikit check --online` for Alibaba Cloud: what a deploy needs, looked for and never touched."""
