# One file per line; headers too. Each adapter belongs to the client's or to the server's archive.
noinst_LIBRARIES += src/libadapt_client.a src/libadapt_server.a
src_libadapt_client_a_SOURCES =
src_libadapt_server_a_SOURCES =
