// The reference for the CPU of a scrape in Go: serves the series of an exposition with client_golang.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
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

// readExposition fills a registry with the gauges and counters of a file, all as gauges.
func readExposition(path string) (*prometheus.Registry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	for name, family := range families {
		if kind := family.GetType(); kind != dto.MetricType_GAUGE && kind != dto.MetricType_COUNTER {
			continue
		}
		gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: family.GetHelp()}, labelNames(family))
		if err := registry.Register(gauge); err != nil {
			return nil, err
		}
		for _, metric := range family.Metric {
			labels := prometheus.Labels{}
			for _, pair := range metric.Label {
				labels[pair.GetName()] = pair.GetValue()
			}
			gauge.With(labels).Set(metric.GetGauge().GetValue() + metric.GetCounter().GetValue())
		}
	}
	return registry, nil
}

// labelNames returns the names that all series of a family have.
func labelNames(family *dto.MetricFamily) []string {
	var names []string
	for _, pair := range family.Metric[0].Label {
		names = append(names, pair.GetName())
	}
	return names
}

// cpuMilliseconds returns the CPU time of this process since its start.
func cpuMilliseconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}
