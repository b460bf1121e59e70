// goproxy FOLDER: a proxy that does what the session's proxy does, built on elazarl/goproxy.
//
// It asks for the secret in PROXY_SECRET, ends TLS, puts the token in PROXY_TOKEN in place of what came, and verifies
// the host by FOLDER/host.pem. Its own authority is published as FOLDER/goproxy.pem, its port as FOLDER/goproxy.port.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/elazarl/goproxy"
)

// kept answers for each host as goproxy does, but signs once: by itself it makes an RSA key for each connection.
func kept(sign func(string, *goproxy.ProxyCtx) (*tls.Config, error)) func(string, *goproxy.ProxyCtx) (*tls.Config, error) {
	var signed sync.Map
	return func(host string, ctx *goproxy.ProxyCtx) (*tls.Config, error) {
		if known, ok := signed.Load(host); ok {
			return known.(*tls.Config), nil
		}
		configuration, err := sign(host, ctx)
		if err == nil {
			signed.Store(host, configuration)
		}
		return configuration, err
	}
}

func main() {
	folder := os.Args[1]
	authority, err := os.ReadFile(filepath.Join(folder, "host.pem"))
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)

	proxy := goproxy.NewProxyHttpServer()
	mitm := &goproxy.ConnectAction{
		Action:    goproxy.ConnectMitm,
		TLSConfig: kept(goproxy.TLSConfigFromCA(&goproxy.GoproxyCa)),
	}
	// Go keeps two idle connections to a host unless told otherwise; those of all clients are to be kept.
	proxy.Tr = &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots},
		MaxIdleConnsPerHost: 128,
		DisableCompression:  true,
	}
	credentials := base64.StdEncoding.EncodeToString([]byte("daypass:" + os.Getenv("PROXY_SECRET")))
	proxy.OnRequest().HandleConnectFunc(func(host string, ctx *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		if ctx.Req.Header.Get("Proxy-Authorization") != "Basic "+credentials {
			return goproxy.RejectConnect, host
		}
		return mitm, host
	})
	token := "Bearer " + os.Getenv("PROXY_TOKEN")
	proxy.OnRequest().DoFunc(func(r *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		r.Header.Set("Authorization", token)
		r.Header.Set("X-Goog-Request-Reason", "to measure")
		return r, nil
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	publish(folder, "goproxy.pem", goproxy.CA_CERT)
	publish(folder, "goproxy.port", []byte(strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)))
	must(http.Serve(listener, proxy))
}

// publish writes a file as a whole, so that who waits for it never reads half of it.
func publish(folder, name string, content []byte) {
	file := filepath.Join(folder, name)
	must(os.WriteFile(file+".new", content, 0o600))
	must(os.Rename(file+".new", file))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
