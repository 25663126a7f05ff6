// The reference for the CPU of a scrape in Go: serves the series of an exposition with client_golang.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const longestLineBytes = 1 << 20

var (
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$`)
	label      = regexp.MustCompile(`([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"`)
	unescape   = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n")
)

func main() {
	registry, err := readExposition(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	http.HandleFunc("/cpu", func(response http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(response, cpuMilliseconds())
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("address", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}

// readExposition fills a registry with one gauge for each sample name.
func readExposition(path string) (*prometheus.Registry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	registry := prometheus.NewRegistry()
	gauges := map[string]*prometheus.GaugeVec{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longestLineBytes)
	for lines.Scan() {
		match := sampleLine.FindStringSubmatch(lines.Text())
		if match == nil {
			continue
		}
		value, err := strconv.ParseFloat(match[3], 64)
		if err != nil {
			return nil, err
		}
		var names, values []string
		for _, pair := range label.FindAllStringSubmatch(match[2], -1) {
			names = append(names, pair[1])
			values = append(values, unescape.Replace(pair[2]))
		}
		gauge, known := gauges[match[1]]
		if !known {
			gauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: match[1], Help: match[1]}, names)
			if err := registry.Register(gauge); err != nil {
				return nil, err
			}
			gauges[match[1]] = gauge
		}
		gauge.WithLabelValues(values...).Set(value)
	}
	return registry, lines.Err()
}

// cpuMilliseconds returns the CPU time of this process since its start.
func cpuMilliseconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}
