"""What tasks need beside a shell: metadata, profiles, policies."""
