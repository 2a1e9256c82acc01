"""The FTPS door of the drop server: FTP over TLS (RFC 959, 4217) on the tree that SFTP serves."""
